package api

import (
	"github.com/danielgtaylor/huma/v2"
	"github.com/gin-gonic/gin"
)

func (h *handler) registerIngest(routes huma.API, engine *gin.Engine) {}
